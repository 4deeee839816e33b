chmod 755 opt/list/run
