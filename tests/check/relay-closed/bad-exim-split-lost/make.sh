mkdir -p etc/exim4/conf.d/main
mkfifo etc/exim4/conf.d/main/01_lists
