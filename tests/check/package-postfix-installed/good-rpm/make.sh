# An SQLite database as rpm keeps it, with one package.
python3 - <<'END' || { echo "no SQLite in Python"; exit 77; }
import os
import sqlite3
import struct

values = [(1000, b"postfix\0"), (1001, b"3.5.25\0"), (1002, b"1.el9\0")]
data = b"".join(value for _, value in values)
index, offset = b"", 0
for tag, value in values:
    index += struct.pack(">IIII", tag, 6, offset, 1)
    offset += len(value)
header = struct.pack(">II", len(values), len(data)) + index + data
os.makedirs("var/lib/rpm")
database = sqlite3.connect("var/lib/rpm/rpmdb.sqlite")
database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, "
                 "blob BLOB NOT NULL)")
database.execute("INSERT INTO Packages (blob) VALUES (?)", (header,))
database.commit()
END
