© 2024 — «Ромашка» & Co <b>  | € 😀 &unknown; &lt; AT&T � �
