command -v setfacl >/dev/null || { echo no setfacl; exit 77; }
setfacl -m u:1:rw opt/list/run 2>/dev/null || { echo no ACLs here; exit 77; }
