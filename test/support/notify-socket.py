"""Acts as systemd: prints what is sent to the notification socket PATH, line by line (sd_notify(3))."""
import socket, sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("ready", flush=True)
while True:
    for line in receiver.recv(65536).decode().splitlines():
        print(line, flush=True)
