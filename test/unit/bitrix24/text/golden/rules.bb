Above

──────────

Between

──────────

Below
