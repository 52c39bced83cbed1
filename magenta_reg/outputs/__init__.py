"""The formats of a generated melody: MIDI, MusicXML, sound, piano roll, page of players."""
