cf=${MTAGUARD_TEST_SENDMAIL:-}/usr/share/sendmail/cf
[ -f "$cf/m4/cf.m4" ] || { echo "no sendmail-cf"; exit 77; }
command -v m4 >/dev/null || { echo "no m4"; exit 77; }
m4 -D_CF_DIR_="$cf/" "$cf/m4/cf.m4" etc/mail/sendmail.mc >etc/mail/sendmail.cf
