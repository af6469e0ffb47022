// Verifies a log in the formats of c2sp.org (tlog-tiles, tlog-checkpoint, tlog-cosignature) by public libraries alone, none of Careplane's:
// the signatures of the log and its witness, the inclusion of every entry, and that a former checkpoint is its beginning.
//
//	verify-tlog <folder or URL> <verifier key of the log> <verifier key of the witness> [<file of a former checkpoint>]
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	checkpoints "github.com/transparency-dev/formats/log"
	cosignatures "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: verify-tlog <folder or URL> <log key> <witness key> [<former checkpoint>]"))
	}
	source := tiles{at: os.Args[1]}
	log, err := note.NewVerifier(os.Args[2])
	fail(err)
	witness, err := cosignatures.NewVerifierForCosignatureV1(os.Args[3])
	fail(err)
	tree := source.checkpoint(log, witness)
	hashes := tlog.TileHashReader(tree, source)
	for at := int64(0); at < tree.N; at += 1 << height {
		entries := source.entries(at/(1<<height), min(tree.N-at, 1<<height))
		for nth, entry := range entries {
			index := at + int64(nth)
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			fail(err)
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
				fail(fmt.Errorf("entry %d: %w", index, err))
			}
		}
	}
	if len(os.Args) > 4 {
		text, err := os.ReadFile(os.Args[4])
		fail(err)
		former := opened(text, log)
		proof, err := tlog.ProveTree(tree.N, former.N, hashes)
		fail(err)
		fail(tlog.CheckTree(proof, tree.N, tree.Hash, former.N, former.Hash))
	}
	fmt.Printf("verified %d entries\n", tree.N)
}

// A log in a folder or behind a URL. Implements tlog.TileReader, whose tiles have the height in their paths.
type tiles struct{ at string }

func (source tiles) Height() int { return height }

func (source tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (source tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for nth, tile := range wanted {
		bytes, err := source.read(strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1))
		if err != nil {
			return nil, err
		}
		read[nth] = bytes
	}
	return read, nil
}

func (source tiles) checkpoint(log note.Verifier, witness note.Verifier) tlog.Tree {
	text, err := source.read("checkpoint")
	fail(err)
	tree := opened(text, log)
	_, err = note.Open(text, note.VerifierList(witness))
	fail(err)
	return tree
}

func opened(text []byte, log note.Verifier) tlog.Tree {
	checkpoint, _, _, err := checkpoints.ParseCheckpoint(text, log.Name(), log)
	fail(err)
	tree := tlog.Tree{N: int64(checkpoint.Size)}
	if copy(tree.Hash[:], checkpoint.Hash) != tlog.HashSize {
		fail(fmt.Errorf("the checkpoint has no root hash"))
	}
	return tree
}

// The entries of a bundle: each after its length in two bytes.
func (source tiles) entries(number, count int64) [][]byte {
	tile := tlog.Tile{H: height, L: 0, N: number, W: int(count)}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
	bundle, err := source.read(path)
	fail(err)
	var entries [][]byte
	for len(bundle) >= 2 {
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+length {
			break
		}
		entries = append(entries, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	if len(bundle) > 0 || int64(len(entries)) != count {
		fail(fmt.Errorf("%s has not %d entries", path, count))
	}
	return entries
}

func (source tiles) read(path string) ([]byte, error) {
	if !strings.HasPrefix(source.at, "http://") {
		return os.ReadFile(filepath.Join(source.at, path))
	}
	answer, err := http.Get(source.at + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
