"""Networks of items that share playlists: backbone, centrality, communities."""
