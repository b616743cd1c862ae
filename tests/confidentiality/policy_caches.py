"""What is computed once from the policy, for tests that change the policy."""

from confidentiality import policy
from confidentiality.disclosure import levels_read
from confidentiality.governed import forget_built


def forget_policy() -> None:
    forget_built()
    for computed in (policy.least_levels, policy.by_document_key, levels_read):
        computed.cache_clear()
