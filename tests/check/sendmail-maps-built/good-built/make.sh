command -v postmap >/dev/null || { echo no postmap; exit 77; }
mkdir ../conf && cp etc/mail/access ../conf/access && : >../conf/main.cf &&
postmap -c ../conf hash:../conf/access &&
cp ../conf/access.db etc/mail/access.db && touch -d 2020-01-01 etc/mail/access
