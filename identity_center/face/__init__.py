"""Built-in face verification: a challenge, the rules that judge what was measured, the limits, the record.

Pure rules: nothing here opens an image. What is in the frames is measured behind the `FaceExaminer` port.
"""
