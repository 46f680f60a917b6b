&lt;b&gt; &amp; <b>tag</b> <br> <a href="https://x.y">z</a>
**not bold** _x_ `y` # z
# no heading
- no list
