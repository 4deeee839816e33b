chown 0:1000 etc/aliases 2>/dev/null || { echo needs root; exit 77; }
