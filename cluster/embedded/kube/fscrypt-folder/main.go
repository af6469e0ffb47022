// fscrypt-folder encrypts a folder with the file system's own encryption (fscrypt), or unlocks one that is encrypted.
//
//	fscrypt-folder --key FILE FOLDER
//
// It adds the key (64 bytes) to the file system's keyring. A folder without a policy gets a v2 policy with AES-256-XTS
// for contents and AES-256-CTS for names. A folder with another key's policy is refused. A second run changes nothing.
// See https://docs.kernel.org/filesystems/fscrypt.html
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// struct fscrypt_add_key_arg has a flexible array at its end: addKey reserves the room for it.
const keyBytes = 64

type addKey struct {
	arg unix.FscryptAddKeyArg
	raw [keyBytes]byte
}

// union of fscrypt_policy_v1 and v2 behind struct fscrypt_get_policy_ex_arg's size field.
type getPolicy struct {
	size   uint64
	policy unix.FscryptPolicyV2
}

func main() {
	keyFile := flag.String("key", "", "file with the 64 bytes of the master key")
	flag.Parse()
	if *keyFile == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: fscrypt-folder --key FILE FOLDER")
		os.Exit(2)
	}
	if err := encryptFolder(*keyFile, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "fscrypt-folder:", err)
		os.Exit(1)
	}
}

func encryptFolder(keyFile, folder string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	if len(key) != keyBytes {
		return fmt.Errorf("%s has %d bytes, a master key has %d", keyFile, len(key), keyBytes)
	}
	if err := os.MkdirAll(folder, 0o711); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()

	identifier, err := addMasterKey(dir, key)
	if err != nil {
		return err
	}
	current, err := policyOf(dir)
	if err != nil {
		return err
	}
	if current == nil {
		return setPolicy(dir, identifier)
	}
	if current.Version != unix.FSCRYPT_POLICY_V2 || current.Master_key_identifier != identifier {
		return fmt.Errorf("%s is encrypted with another key than %s", folder, keyFile)
	}
	return nil
}

// addMasterKey adds the key to the kernel's keyring and returns the identifier that the kernel derives from it.
func addMasterKey(dir *os.File, key []byte) (identifier [16]byte, err error) {
	var request addKey
	request.arg.Key_spec.Type = unix.FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER
	request.arg.Raw_size = keyBytes
	copy(request.raw[:], key)
	if err := ioctl(dir, unix.FS_IOC_ADD_ENCRYPTION_KEY, unsafe.Pointer(&request)); err != nil {
		return identifier, fmt.Errorf("adding the key (does the file system have the feature 'encrypt'?): %w", err)
	}
	copy(identifier[:], request.arg.Key_spec.U[:])
	return identifier, nil
}

// policyOf returns nil when the folder has no policy.
func policyOf(dir *os.File) (*unix.FscryptPolicyV2, error) {
	request := getPolicy{size: uint64(unsafe.Sizeof(unix.FscryptPolicyV2{}))}
	err := ioctl(dir, unix.FS_IOC_GET_ENCRYPTION_POLICY_EX, unsafe.Pointer(&request))
	if errors.Is(err, unix.ENODATA) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the folder's policy: %w", err)
	}
	return &request.policy, nil
}

func setPolicy(dir *os.File, identifier [16]byte) error {
	policy := unix.FscryptPolicyV2{
		Version:                   unix.FSCRYPT_POLICY_V2,
		Contents_encryption_mode:  unix.FSCRYPT_MODE_AES_256_XTS,
		Filenames_encryption_mode: unix.FSCRYPT_MODE_AES_256_CTS,
		Flags:                     unix.FSCRYPT_POLICY_FLAGS_PAD_32,
		Master_key_identifier:     identifier,
	}
	if err := ioctl(dir, unix.FS_IOC_SET_ENCRYPTION_POLICY, unsafe.Pointer(&policy)); err != nil {
		return fmt.Errorf("setting the policy (only an empty folder can take one): %w", err)
	}
	return nil
}

func ioctl(file *os.File, request uint, argument unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, file.Fd(), uintptr(request), uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}
