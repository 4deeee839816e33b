mkdir -p etc/exim4
mkfifo etc/exim4/exim4.conf
