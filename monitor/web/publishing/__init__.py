"""The pages as a folder of files: what the public may see, without a server (`folder.publish`)."""
