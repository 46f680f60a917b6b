שלום [b]עולם[/b], ‎abc‏ и evil‬ text ⁦isolated⁩.
