"""Runs a command on a pseudo-terminal of its own, as its controlling terminal.

terminal.py COLUMNS ROWS COMMAND...: what is written to standard input is typed, what the terminal shows
goes to standard output. Lines on descriptor 3: "resize COLUMNS ROWS", "hangup". Ends with the
command's exit code, or 128 + signal.
"""
import fcntl, os, pty, select, struct, sys, termios

columns, rows, *command = sys.argv[1:]


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


master, slave = pty.openpty()
resize(slave, columns, rows)
pid = os.fork()
if pid == 0:
    os.close(master)
    os.close(3)
    os.login_tty(slave) if hasattr(os, "login_tty") else (
        os.setsid(), fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        [os.dup2(slave, fd) for fd in (0, 1, 2)])
    os.execvp(command[0], command)
os.close(slave)

inputs = [0, 3, master]
while master in inputs:
    ready, _, _ = select.select(inputs, [], [])
    for fd in ready:
        try:
            data = os.read(fd, 65536)
        except OSError:
            data = b""
        if not data:
            inputs.remove(fd)
        elif fd == master:
            os.write(1, data)
        elif fd == 0:
            os.write(master, data)
        else:
            for line in data.decode().splitlines():
                word, *values = line.split()
                if word == "resize":
                    resize(master, *values)
                elif word == "hangup":
                    inputs.remove(master)
os.close(master)
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
