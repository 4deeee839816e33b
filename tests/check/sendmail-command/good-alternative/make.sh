mkdir -p etc/systemd/system/multi-user.target.wants
ln -s /usr/lib/systemd/system/postfix.service etc/systemd/system/multi-user.target.wants/
mkdir -p usr/sbin etc/alternatives &&
ln -s /etc/alternatives/mta usr/sbin/sendmail &&
ln -s /usr/sbin/sendmail.postfix etc/alternatives/mta &&
: >usr/sbin/sendmail.postfix
