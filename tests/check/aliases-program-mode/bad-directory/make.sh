chmod 777 opt/list
