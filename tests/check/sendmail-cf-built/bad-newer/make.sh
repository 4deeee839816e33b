touch -d 2026-01-01 etc/mail/sendmail.cf
