chmod 666 etc/aliases
