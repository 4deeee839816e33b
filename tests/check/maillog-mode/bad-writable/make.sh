chmod 0666 var/log/mail.log
