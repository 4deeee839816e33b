mkfifo etc/postfix/networks
