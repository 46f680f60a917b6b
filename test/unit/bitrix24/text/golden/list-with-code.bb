• Install:

[code]npm install
  --save[/code]

• Run:
[code]npm start[/code]
    and wait
