mkdir -p etc/systemd/system/multi-user.target.wants
ln -s /usr/lib/systemd/system/postfix.service etc/systemd/system/multi-user.target.wants/
