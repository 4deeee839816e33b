mkdir -p etc/mail
mkfifo etc/mail/submit.cf
