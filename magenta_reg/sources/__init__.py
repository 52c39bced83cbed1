"""Where music comes from: folders, archives, TFRecords and known sets, all giving Pieces."""
