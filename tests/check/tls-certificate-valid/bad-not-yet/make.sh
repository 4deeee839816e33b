data=$(dirname "$0")/../../../data/tls
mkdir -p etc/ssl/mail &&
cp "$data/future-certificate.pem" etc/ssl/mail/certificate.pem &&
cp "$data/key.pem" etc/ssl/mail/key.pem &&
cp "$data/bundle.pem" etc/ssl/mail/authorities.pem &&
chmod 0755 etc/ssl/mail && chmod 0644 etc/ssl/mail/*.pem &&
chmod 0600 etc/ssl/mail/key.pem || exit 1
