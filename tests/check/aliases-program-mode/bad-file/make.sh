chmod 775 opt/list/run
