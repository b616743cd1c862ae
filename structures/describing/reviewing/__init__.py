"""Review, the portal's own option for a region (no text asks for it): the rule, the rounds, who decides."""
