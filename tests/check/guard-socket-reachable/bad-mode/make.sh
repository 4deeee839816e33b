python3 -c 'import os, socket
os.chdir("var/spool/postfix/mtaguard")
socket.socket(socket.AF_UNIX).bind("policy")
os.chmod("policy", 0o600)'
