command -v postalias >/dev/null || { echo no postalias; exit 77; }
postalias -c etc/postfix hash:etc/aliases
