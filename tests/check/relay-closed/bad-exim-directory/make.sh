mkdir -p etc/exim4
mkdir etc/exim4/exim4.conf
