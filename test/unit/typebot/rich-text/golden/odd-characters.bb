zero bell override end
lone � half
👨‍👩‍👧‍👦 🇷🇺 é 한국 ∅hidden
line separator
