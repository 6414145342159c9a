@rem "exec" of the scripts in package.json, for cmd.exe: runs what follows. Elsewhere the shell has its own.
@%*
