chmod 0640 var/log/mail.log
