Fact^1 (Source.) :smile: 👨‍👩‍👧 #hashtag @ann /command
