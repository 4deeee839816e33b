chmod 0644 etc/postfix/tls/key.pem &&
	{ chown 65534 etc/postfix/tls/key.pem 2>/dev/null || :; }
