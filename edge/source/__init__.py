"""Where frames come from: files, recordings, cameras, the phantom. A source hands out items one after the other and judges none of them."""
