First paragraph.
Second line of it.

After three blank lines.
Hard break above,
and by a backslash.
