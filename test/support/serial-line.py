"""A terminal without a process, like a serial console.

Its path is the first line on descriptor 3. What it shows goes to standard output. Lines on standard
input: "stop" and "go on", like Ctrl-S and Ctrl-Q; each is acknowledged on descriptor 3.
"""
import os, pty, select, termios, tty

master, slave = pty.openpty()
tty.setraw(slave)
os.write(3, f"{os.ttyname(slave)}\n".encode())
while True:
    ready, _, _ = select.select([0, master], [], [])
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        words = os.read(0, 4096)
        if not words:
            break
        for word in words.decode().splitlines():
            termios.tcflow(slave, termios.TCOOFF if word == "stop" else termios.TCOON)
            os.write(3, f"{word}\n".encode())
