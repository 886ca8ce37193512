"""Order and mixing within playlists, beside shuffled ones."""
