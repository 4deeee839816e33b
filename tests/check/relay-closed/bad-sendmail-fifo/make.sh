mkdir -p etc/mail
mkfifo etc/mail/sendmail.cf
