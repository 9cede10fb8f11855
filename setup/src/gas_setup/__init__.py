"""The setup of GAS: what an installation needs on AWS, made, compared and printed; and what rights each part needs there."""
