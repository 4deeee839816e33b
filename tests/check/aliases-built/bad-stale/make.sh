command -v postalias >/dev/null || { echo no postalias; exit 77; }
postalias -c etc/postfix hash:etc/aliases
touch -d 2001-01-01 etc/aliases.db
