chown 1:0 etc/aliases 2>/dev/null || { echo needs root; exit 77; }
