"""Known variants: what other people's files say of alleles and regions, mapped into bundles and looked up for each allele."""
