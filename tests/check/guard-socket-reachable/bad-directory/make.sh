chmod 0700 var/spool/postfix/mtaguard
