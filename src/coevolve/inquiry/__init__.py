"""How we ask and answer: questions, findings, and where an answer stands."""
