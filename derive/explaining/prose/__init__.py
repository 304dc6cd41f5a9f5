"""What a document says in words: tables of sentences with the conditions under which they are true."""
