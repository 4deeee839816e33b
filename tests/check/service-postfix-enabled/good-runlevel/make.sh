mkdir etc/rc3.d && ln -s ../init.d/postfix etc/rc3.d/S20postfix
